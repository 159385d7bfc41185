"""The JSON interface under /api/v1, for other people's programs.

One module per noun holds that noun's wire bodies, its handlers and its `ENDPOINTS`; `routes.py` puts all endpoints on
the app and `openapi.py` describes the same endpoints, so what is served and what is described cannot differ. Handlers
speak to the rooms through `Call.ask` alone; what goes wrong is a Refusal, which `problems.py` turns into an answer.
"""
