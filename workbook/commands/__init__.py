"""The commands of `llm-tco`, one module each; libraries that take time to load are imported when a command runs."""
