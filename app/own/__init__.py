"""Networks of one's own as Python sees them: what the package `cellscope` offers."""
