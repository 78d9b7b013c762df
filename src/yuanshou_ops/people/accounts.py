"""How people sign in (django-allauth): nobody signs up alone; members are added by an administrator."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class Accounts(DefaultAccountAdapter):
    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def get_login_redirect_url(self, request: Any) -> str:
        return "/"
