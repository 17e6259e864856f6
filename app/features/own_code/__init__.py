"""The bridge to a student's own code: what the page hands out, takes in, and says about it."""
