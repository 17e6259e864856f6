"""The Dash side: page, controls, sessions, stream, callbacks, figures, command line."""
