"""`/stream`: the socket that brings pictures at the screen's pace and charts a few times a second.

At most one frame is in flight per viewer: it asks for the next when it has drawn one, and gets
the newest state then. Text messages are JSON; frames are binary (`app.stream.frames.message`).
"""
