"""JSON signatures and keys (RFC 7515, RFC 7517, RFC 7519; GM/T 0125): the only importer of joserfc."""
