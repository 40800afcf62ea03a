"""Logging in with the municipality's accounts: Entra ID, or any server of OpenID Connect Core 1.0."""
