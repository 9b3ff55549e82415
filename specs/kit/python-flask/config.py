"""Settings of the application, from the environment; README.md explains each."""

import os
from pathlib import Path

ISSUER = os.environ["ISSUER"]
CLIENT_ID = os.environ["CLIENT_ID"]
CLIENT_SECRET = os.environ["CLIENT_SECRET"]
SECRET_KEY = os.environ["SECRET_KEY"]
NAME = os.environ.get("NAME", CLIENT_ID)
PORT = int(os.environ.get("PORT", "8402"))
BASE_URL = os.environ.get("BASE_URL", f"http://127.0.0.1:{PORT}")
ID_TOKEN_ALG = os.environ.get("ID_TOKEN_ALG", "ES256")
SESSION_FILE = Path(os.environ.get("SESSION_FILE", "sessions.db"))

SIGN_IN_SECONDS = 30 * 60
SESSION_SECONDS = 8 * 3600
REFRESH_SECONDS = 60
# Browsers send a cookie to every port of a host, so each application names its own.
BROWSER, SESSION = f"{CLIENT_ID}_browser", f"{CLIENT_ID}_session"
