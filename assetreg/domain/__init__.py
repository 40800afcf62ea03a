"""The rules: plain Python that knows nothing of tables or pages. Today comes in as an argument."""
