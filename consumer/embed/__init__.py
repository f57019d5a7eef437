"""The embed role: validate, fetch, encode, project, and pass on in the inner log."""
