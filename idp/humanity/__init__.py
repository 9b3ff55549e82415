"""A proof of humanity of our own: five digits in a picture or four counts of beeps in a sound, for one browser and purpose.

Reading order: `draws` (numbers out of a seed), `picture` and `sound` (the same challenge seen and heard), `challenge` (what
counts as an answer, and the pass that it earns), `views`.
"""
