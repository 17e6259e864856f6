"""The bridge to a student's own code: a file to take along, and what is wrong with what comes back.

Whatever is compared is compared with one snapshot. An upload agrees, or it agrees with something
else that can be named (rows turned over, the layer after this one, deviations for variances), or
it differs; where several names fit, all of them are given.
"""
