"""A test device with the interface of GM/T 0018, built from C by the tests."""
