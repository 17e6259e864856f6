"""What each operation of torch is: an affine map, a nonlinear step, or nothing at all.

A handler takes (reader, func, name, …) and then the operation's own arguments by their names in
torch, runs it, and notes it. One that meets an argument it does not honour refuses.
"""
