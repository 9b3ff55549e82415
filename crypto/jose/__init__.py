"""JSON signatures, encryption and keys (RFC 7515 to RFC 7519; GM/T 0125): the only importer of joserfc."""
