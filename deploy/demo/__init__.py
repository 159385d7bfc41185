"""`kkt demo`: a shop to look at, made through the same API that everybody uses, with simulated registers that live."""
