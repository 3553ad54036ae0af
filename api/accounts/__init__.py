"""Accounts: signing in and out, one's own account, other people's accounts, the log of sign-ins."""
