"""What an attacker sends, over HTTP to the running house: each test is one attack and says what it must not gain."""
