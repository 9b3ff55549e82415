"""National primitives: SM2 (GM/T 0003), SM3 (GM/T 0004), SM4 (GM/T 0002), and their self-test."""
