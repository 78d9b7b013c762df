"""The application's own settings with a throw-away data folder; `YUANSHOU_DATABASE_URL` chooses the engine."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("YUANSHOU_DATA_DIR", tempfile.mkdtemp(prefix="yuanshou-test-"))
os.environ.setdefault("YUANSHOU_SECRET_KEY", "only for tests")

from yuanshou_ops.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
