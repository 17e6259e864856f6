"""The server: the app, what guards it, how requests are read and answered."""
