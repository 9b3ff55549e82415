/*
 * A TEST DEVICE with the interface of GM/T 0018 (SDF). It keeps keys in plain files and is no cryptographic product.
 *
 * It does real SM2, SM3 and SM4 through libcrypto, whose few functions are declared here so that no header package is
 * needed. Its state is the folder in which the library itself lies, written by the "vendor's tool" in device.py:
 *
 *   sign-<index>.key, enc-<index>.key   d (32 bytes), x (32), y (32)
 *   kek-<index>.key                     SM4 key (16 bytes)
 *   password                            what opens private keys
 *   sessions                            largest number of sessions, as text
 *   fault                               when there: the code, as text in base 16, that every call answers
 *   refused                             one byte is added for every wrong password
 *   missing                             when there: the code, in base 16, for an index without a key pair
 *
 * A session in use by two threads at once answers SDR_STEPERR; a handle of another process SDR_INARGERR.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* libcrypto 3 */
typedef struct { const char *key; unsigned int data_type; void *data; size_t data_size; size_t return_size; } OSSL_PARAM;
void *EVP_PKEY_CTX_new_from_name(void *, const char *, const char *);
void *EVP_PKEY_CTX_new_from_pkey(void *, void *, const char *);
void EVP_PKEY_CTX_free(void *);
int EVP_PKEY_fromdata_init(void *);
int EVP_PKEY_fromdata(void *, void **, int, OSSL_PARAM *);
void EVP_PKEY_free(void *);
int EVP_PKEY_sign_init(void *);
int EVP_PKEY_sign(void *, unsigned char *, size_t *, const unsigned char *, size_t);
int EVP_PKEY_verify_init(void *);
int EVP_PKEY_verify(void *, const unsigned char *, size_t, const unsigned char *, size_t);
int EVP_PKEY_decrypt_init(void *);
int EVP_PKEY_decrypt(void *, unsigned char *, size_t *, const unsigned char *, size_t);
void *EVP_CIPHER_CTX_new(void);
void EVP_CIPHER_CTX_free(void *);
int EVP_CIPHER_CTX_set_padding(void *, int);
const void *EVP_sm4_ecb(void);
const void *EVP_sm4_cbc(void);
int EVP_CipherInit_ex(void *, const void *, void *, const unsigned char *, const unsigned char *, int);
int EVP_CipherUpdate(void *, unsigned char *, int *, const unsigned char *, int);
int RAND_bytes(unsigned char *, int);
void *ECDSA_SIG_new(void);
void ECDSA_SIG_free(void *);
void ECDSA_SIG_get0(const void *, const void **, const void **);
int ECDSA_SIG_set0(void *, void *, void *);
void *d2i_ECDSA_SIG(void **, const unsigned char **, long);
int i2d_ECDSA_SIG(const void *, unsigned char **);
void *BN_bin2bn(const unsigned char *, int, void *);
int BN_bn2binpad(const void *, unsigned char *, int);
void ERR_clear_error(void);

/* GM/T 0018 */
enum {
    SDR_OK = 0, SDR_BASE = 0x01000000, SDR_OPENDEVICE = SDR_BASE + 0x05, SDR_OPENSESSION = SDR_BASE + 0x06,
    SDR_PARDENY = SDR_BASE + 0x07, SDR_KEYNOTEXIST = SDR_BASE + 0x08, SDR_ALGNOTSUPPORT = SDR_BASE + 0x09,
    SDR_SKOPERR = SDR_BASE + 0x0C, SDR_SIGNERR = SDR_BASE + 0x0D, SDR_VERIFYERR = SDR_BASE + 0x0E,
    SDR_SYMOPERR = SDR_BASE + 0x0F, SDR_STEPERR = SDR_BASE + 0x10, SDR_ENCDATAERR = SDR_BASE + 0x16,
    SDR_RANDERR = SDR_BASE + 0x17, SDR_PRKRERR = SDR_BASE + 0x18, SDR_NOBUFFER = SDR_BASE + 0x1C,
    SDR_INARGERR = SDR_BASE + 0x1D
};
enum { SGD_SM4_ECB = 0x401, SGD_SM4_CBC = 0x402, SGD_SM4_MAC = 0x410, SGD_SM2_1 = 0x20200, SGD_SM2_3 = 0x20800 };

typedef struct {
    unsigned char IssuerName[40], DeviceName[16], DeviceSerial[16];
    unsigned int DeviceVersion, StandardVersion, AsymAlgAbility[2], SymAlgAbility, HashAlgAbility, BufferSize;
} DEVICEINFO;
typedef struct { unsigned int bits; unsigned char x[64], y[64]; } ECCrefPublicKey;
typedef struct { unsigned char r[64], s[64]; } ECCSignature;
typedef struct { unsigned char x[64], y[64], M[32]; unsigned int L; unsigned char C[1]; } ECCCipher;

enum { MAX_HANDLES = 512, MAX_INDEX = 64, BLOCK = 16, NUMBER = 32, MAX_CIPHER = 2048 };
enum Kind { FREE, DEVICE, SESSION, KEY };

typedef struct Handle {
    enum Kind kind;
    pid_t process;
    struct Handle *owner;
    int busy;
    unsigned char granted[MAX_INDEX];
    unsigned char key[BLOCK];
} Handle;

static Handle handles[MAX_HANDLES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void hold(void) { pthread_mutex_lock(&lock); }
static void let_go(void) { pthread_mutex_unlock(&lock); }
__attribute__((constructor)) static void survive_forks(void) { pthread_atfork(hold, let_go, let_go); }

/* ---- state in files ---- */

static void place(char *path, size_t size, const char *name) {
    Dl_info own;
    path[0] = 0;
    if (!dladdr((void *)place, &own)) return;
    const char *slash = strrchr(own.dli_fname, '/');
    int length = slash ? (int)(slash - own.dli_fname) : 1;
    snprintf(path, size, "%.*s/%s", length, slash ? own.dli_fname : ".", name);
}

static long load(const char *name, unsigned char *data, size_t size) {
    char path[4096];
    place(path, sizeof path, name);
    FILE *file = fopen(path, "rb");
    if (!file) return -1;
    long got = (long)fread(data, 1, size, file);
    fclose(file);
    return got;
}

static int number_in(const char *name, int base, int otherwise) {
    unsigned char text[32] = {0};
    return load(name, text, sizeof text - 1) > 0 ? (int)strtol((char *)text, NULL, base) : otherwise;
}

static int load_key(const char *kind, unsigned int index, unsigned char *key, long size) {
    char name[64];
    snprintf(name, sizeof name, "%s-%u.key", kind, index);
    if (index < MAX_INDEX && load(name, key, (size_t)size) == size) return SDR_OK;
    return number_in("missing", 16, SDR_KEYNOTEXIST);
}

static int fault(void) { return number_in("fault", 16, SDR_OK); }

/* ---- handles ---- */

static int is_ours(const Handle *handle, enum Kind kind) {
    return handle >= handles && handle < handles + MAX_HANDLES && handle->kind == kind && handle->process == getpid();
}

static int count_of(enum Kind kind, const Handle *owner) {
    int count = 0;
    for (int i = 0; i < MAX_HANDLES; i++)
        count += is_ours(&handles[i], kind) && (!owner || handles[i].owner == owner);
    return count;
}

static Handle *new_handle(enum Kind kind, Handle *owner) {
    for (int i = 0; i < MAX_HANDLES; i++)
        if (handles[i].kind == FREE || handles[i].process != getpid()) {
            memset(&handles[i], 0, sizeof handles[i]);
            handles[i].kind = kind;
            handles[i].process = getpid();
            handles[i].owner = owner;
            return &handles[i];
        }
    return NULL;
}

static void free_handle(Handle *handle) {
    for (int i = 0; i < MAX_HANDLES; i++)
        if (handles[i].kind != FREE && handles[i].owner == handle) free_handle(&handles[i]);
    memset(handle, 0, sizeof *handle);
}

/* Every call on a session stands between enter and leave. */
static int enter(Handle *session) {
    int code = fault();
    if (code) return code;
    pthread_mutex_lock(&lock);
    if (!is_ours(session, SESSION)) code = SDR_INARGERR;
    else if (session->busy) code = SDR_STEPERR;
    else session->busy = 1;
    pthread_mutex_unlock(&lock);
    return code;
}

static int leave(Handle *session, int code) {
    pthread_mutex_lock(&lock);
    session->busy = 0;
    pthread_mutex_unlock(&lock);
    ERR_clear_error();
    return code;
}

/* For tests: how many handles of this process are open; 1 devices, 2 sessions, 3 session keys. */
int TestDevice_CountHandles(int kind) {
    pthread_mutex_lock(&lock);
    int count = count_of((enum Kind)kind, NULL);
    pthread_mutex_unlock(&lock);
    return count;
}

/* ---- SM2 and SM4 ---- */

static void *load_pkey(const unsigned char *public, const unsigned char *d) {
    unsigned char point[1 + 2 * NUMBER] = {4}, scalar[NUMBER];
    memcpy(point + 1, public, 2 * NUMBER);
    OSSL_PARAM params[4] = {{"group", 4, "SM2", 3, 0}, {"pub", 5, point, sizeof point, 0}};
    if (d) {
        for (int i = 0; i < NUMBER; i++) scalar[i] = d[NUMBER - 1 - i];
        params[2] = (OSSL_PARAM){"priv", 2, scalar, NUMBER, 0};
    }
    void *pkey = NULL, *context = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    if (context && EVP_PKEY_fromdata_init(context) == 1) EVP_PKEY_fromdata(context, &pkey, d ? 0x87 : 0x86, params);
    EVP_PKEY_CTX_free(context);
    memset(scalar, 0, sizeof scalar);
    return pkey;
}

static int sign_digest(const unsigned char *key, const unsigned char *digest, ECCSignature *signature) {
    unsigned char der[96];
    size_t size = sizeof der;
    void *pkey = load_pkey(key + NUMBER, key);
    void *context = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
    int done = context && EVP_PKEY_sign_init(context) == 1 && EVP_PKEY_sign(context, der, &size, digest, NUMBER) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(pkey);
    const unsigned char *start = der;
    void *rs = done ? d2i_ECDSA_SIG(NULL, &start, (long)size) : NULL;
    if (!rs) return SDR_SIGNERR;
    const void *r, *s;
    ECDSA_SIG_get0(rs, &r, &s);
    BN_bn2binpad(r, signature->r, 64);
    BN_bn2binpad(s, signature->s, 64);
    ECDSA_SIG_free(rs);
    return SDR_OK;
}

static int verify_digest(const unsigned char *public, const unsigned char *digest, const ECCSignature *signature) {
    unsigned char der[96], *end = der;
    void *rs = ECDSA_SIG_new();
    ECDSA_SIG_set0(rs, BN_bin2bn(signature->r, 64, NULL), BN_bin2bn(signature->s, 64, NULL));
    int size = i2d_ECDSA_SIG(rs, NULL);
    if (size > 0 && size <= (int)sizeof der) i2d_ECDSA_SIG(rs, &end);
    ECDSA_SIG_free(rs);
    void *pkey = load_pkey(public, NULL);
    void *context = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
    int done = context && EVP_PKEY_verify_init(context) == 1 &&
               EVP_PKEY_verify(context, der, (size_t)(end - der), digest, NUMBER) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(pkey);
    return done ? SDR_OK : SDR_VERIFYERR;
}

static unsigned char *put(unsigned char *at, int tag, const unsigned char *data, size_t size) {
    *at++ = (unsigned char)tag;
    if (size >= 256) { *at++ = 0x82; *at++ = (unsigned char)(size >> 8); }
    else if (size >= 128) *at++ = 0x81;
    *at++ = (unsigned char)size;
    memmove(at, data, size);
    return at + size;
}

static unsigned char *put_number(unsigned char *at, const unsigned char *number) {
    unsigned char padded[NUMBER + 1] = {0}, *start = padded;
    memcpy(padded + 1, number, NUMBER);
    while (start < padded + NUMBER && !start[0] && !(start[1] & 0x80)) start++;
    return put(at, 2, start, (size_t)(padded + sizeof padded - start));
}

static int decrypt_cipher(const unsigned char *key, const ECCCipher *cipher, unsigned char *data, unsigned int *length) {
    unsigned char inner[MAX_CIPHER + 128], der[MAX_CIPHER + 160], plain[MAX_CIPHER];
    if (cipher->L == 0 || cipher->L > MAX_CIPHER - 64) return SDR_ENCDATAERR;
    unsigned char *at = put_number(put_number(inner, cipher->x + NUMBER), cipher->y + NUMBER);
    at = put(put(at, 4, cipher->M, sizeof cipher->M), 4, cipher->C, cipher->L);
    size_t der_size = (size_t)(put(der, 0x30, inner, (size_t)(at - inner)) - der), size = sizeof plain;
    void *pkey = load_pkey(key + NUMBER, key);
    void *context = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
    int done = context && EVP_PKEY_decrypt_init(context) == 1 &&
               EVP_PKEY_decrypt(context, plain, &size, der, der_size) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(pkey);
    if (!done) return SDR_SKOPERR;
    if (size > *length) return SDR_NOBUFFER;
    memcpy(data, plain, size);
    memset(plain, 0, sizeof plain);
    *length = (unsigned int)size;
    return SDR_OK;
}

static int sm4(const void *mode, const unsigned char *key, const unsigned char *iv, const unsigned char *in,
               unsigned int size, unsigned char *out, int encrypts) {
    if (!size || size % BLOCK) return SDR_INARGERR;
    void *context = EVP_CIPHER_CTX_new();
    int written = 0;
    int done = EVP_CipherInit_ex(context, mode, NULL, key, iv, encrypts) == 1 &&
               EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
               EVP_CipherUpdate(context, out, &written, in, (int)size) == 1 && written == (int)size;
    EVP_CIPHER_CTX_free(context);
    return done ? SDR_OK : SDR_SYMOPERR;
}

/* ---- device and sessions ---- */

int SDF_OpenDevice(void **device) {
    int code = fault();
    if (code) return code;
    pthread_mutex_lock(&lock);
    *device = new_handle(DEVICE, NULL);
    pthread_mutex_unlock(&lock);
    return *device ? SDR_OK : SDR_OPENDEVICE;
}

int SDF_CloseDevice(void *device) {
    pthread_mutex_lock(&lock);
    int code = is_ours(device, DEVICE) ? SDR_OK : SDR_INARGERR;
    if (!code) free_handle(device);
    pthread_mutex_unlock(&lock);
    return code;
}

int SDF_OpenSession(void *device, void **session) {
    int code = fault();
    if (code) return code;
    pthread_mutex_lock(&lock);
    if (!is_ours(device, DEVICE)) code = SDR_INARGERR;
    else if (count_of(SESSION, NULL) >= number_in("sessions", 10, 0)) code = SDR_OPENSESSION;
    else if (!(*session = new_handle(SESSION, device))) code = SDR_OPENSESSION;
    pthread_mutex_unlock(&lock);
    return code;
}

int SDF_CloseSession(void *session) {
    pthread_mutex_lock(&lock);
    int code = is_ours(session, SESSION) ? SDR_OK : SDR_INARGERR;
    if (!code) free_handle(session);
    pthread_mutex_unlock(&lock);
    return code;
}

int SDF_GetDeviceInfo(void *session, DEVICEINFO *info) {
    int code = enter(session);
    if (code) return code;
    memset(info, 0, sizeof *info);
    memcpy(info->IssuerName, "Yihao tests", 11);
    memcpy(info->DeviceName, "TEST DEVICE", 11);
    memcpy(info->DeviceSerial, "2026010100100001", 16);
    info->DeviceVersion = 1;
    info->StandardVersion = 1;
    info->AsymAlgAbility[0] = SGD_SM2_1 | SGD_SM2_3;
    info->AsymAlgAbility[1] = 256;
    info->SymAlgAbility = SGD_SM4_ECB | SGD_SM4_CBC | SGD_SM4_MAC;
    info->BufferSize = MAX_CIPHER;
    return leave(session, SDR_OK);
}

int SDF_GenerateRandom(void *session, unsigned int length, unsigned char *random) {
    int code = enter(session);
    if (code) return code;
    return leave(session, length && RAND_bytes(random, (int)length) == 1 ? SDR_OK : SDR_RANDERR);
}

int SDF_GetPrivateKeyAccessRight(void *session, unsigned int index, unsigned char *password, unsigned int length) {
    unsigned char wanted[64], key[3 * NUMBER];
    int code = enter(session);
    if (code) return code;
    long size = load("password", wanted, sizeof wanted);
    if (load_key("sign", index, key, sizeof key) && load_key("enc", index, key, sizeof key)) code = SDR_KEYNOTEXIST;
    else if (size != (long)length || memcmp(wanted, password, length) != 0) code = SDR_PRKRERR;
    else ((Handle *)session)->granted[index] = 1;
    if (code == SDR_PRKRERR) {
        char path[4096];
        place(path, sizeof path, "refused");
        FILE *file = fopen(path, "ab");
        if (file) { fputc('x', file); fclose(file); }
    }
    memset(key, 0, sizeof key);
    return leave(session, code);
}

int SDF_ReleasePrivateKeyAccessRight(void *session, unsigned int index) {
    int code = enter(session);
    if (code) return code;
    if (index < MAX_INDEX) ((Handle *)session)->granted[index] = 0;
    return leave(session, SDR_OK);
}

/* ---- key pairs ---- */

static int export(void *session, const char *kind, unsigned int index, ECCrefPublicKey *public) {
    unsigned char key[3 * NUMBER];
    int code = enter(session);
    if (code) return code;
    code = load_key(kind, index, key, sizeof key);
    if (!code) {
        memset(public, 0, sizeof *public);
        public->bits = 256;
        memcpy(public->x + 64 - NUMBER, key + NUMBER, NUMBER);
        memcpy(public->y + 64 - NUMBER, key + 2 * NUMBER, NUMBER);
    }
    memset(key, 0, sizeof key);
    return leave(session, code);
}

int SDF_ExportSignPublicKey_ECC(void *session, unsigned int index, ECCrefPublicKey *public) {
    return export(session, "sign", index, public);
}

int SDF_ExportEncPublicKey_ECC(void *session, unsigned int index, ECCrefPublicKey *public) {
    return export(session, "enc", index, public);
}

static int open_private(Handle *session, const char *kind, unsigned int index, unsigned char *key) {
    int code = load_key(kind, index, key, 3 * NUMBER);
    return code ? code : session->granted[index] ? SDR_OK : SDR_PARDENY;
}

int SDF_InternalSign_ECC(void *session, unsigned int index, unsigned char *data, unsigned int length, ECCSignature *signature) {
    unsigned char key[3 * NUMBER];
    int code = enter(session);
    if (code) return code;
    code = length == NUMBER ? open_private(session, "sign", index, key) : SDR_INARGERR;
    if (!code) code = sign_digest(key, data, signature);
    memset(key, 0, sizeof key);
    return leave(session, code);
}

int SDF_ExternalVerify_ECC(void *session, unsigned int algorithm, ECCrefPublicKey *public, unsigned char *data,
                           unsigned int length, ECCSignature *signature) {
    unsigned char point[2 * NUMBER];
    int code = enter(session);
    if (code) return code;
    memcpy(point, public->x + 64 - NUMBER, NUMBER);
    memcpy(point + NUMBER, public->y + 64 - NUMBER, NUMBER);
    if (algorithm != SGD_SM2_1) code = SDR_ALGNOTSUPPORT;
    else code = length == NUMBER ? verify_digest(point, data, signature) : SDR_INARGERR;
    return leave(session, code);
}

static int decrypt_inside(void *session, unsigned int index, ECCCipher *cipher, unsigned char *data, unsigned int *length) {
    unsigned char key[3 * NUMBER];
    int code = enter(session);
    if (code) return code;
    code = open_private(session, "enc", index, key);
    if (!code) code = decrypt_cipher(key, cipher, data, length);
    memset(key, 0, sizeof key);
    return leave(session, code);
}

#if defined DECRYPT_LONG
int SDF_InternalDecrypt_ECC(void *session, unsigned int index, unsigned int algorithm, ECCCipher *cipher,
                            unsigned char *data, unsigned int *length) {
    if (algorithm != SGD_SM2_3) return SDR_ALGNOTSUPPORT;
    return decrypt_inside(session, index, cipher, data, length);
}
#elif defined DECRYPT_SHORT
int SDF_InternalDecrypt_ECC(void *session, unsigned int index, ECCCipher *cipher, unsigned char *data, unsigned int *length) {
    return decrypt_inside(session, index, cipher, data, length);
}
#else
void *TestDevice_NoDecryption = (void *)decrypt_inside;
#endif

/* ---- session keys ---- */

int SDF_GenerateKeyWithKEK(void *session, unsigned int bits, unsigned int algorithm, unsigned int index,
                           unsigned char *wrapped, unsigned int *length, void **handle) {
    unsigned char kek[BLOCK], key[BLOCK];
    int code = enter(session);
    if (code) return code;
    if (algorithm != SGD_SM4_ECB || bits != 128) code = SDR_ALGNOTSUPPORT;
    else code = load_key("kek", index, kek, BLOCK);
    if (!code && RAND_bytes(key, BLOCK) != 1) code = SDR_RANDERR;
    if (!code) code = sm4(EVP_sm4_ecb(), kek, NULL, key, BLOCK, wrapped, 1);
    if (!code) {
        pthread_mutex_lock(&lock);
        *handle = new_handle(KEY, session);
        if (*handle) memcpy(((Handle *)*handle)->key, key, BLOCK);
        else code = SDR_NOBUFFER;
        pthread_mutex_unlock(&lock);
        *length = BLOCK;
    }
    memset(kek, 0, BLOCK);
    memset(key, 0, BLOCK);
    return leave(session, code);
}

int SDF_ImportKeyWithKEK(void *session, unsigned int algorithm, unsigned int index, unsigned char *wrapped,
                         unsigned int length, void **handle) {
    unsigned char kek[BLOCK], key[BLOCK];
    int code = enter(session);
    if (code) return code;
    if (algorithm != SGD_SM4_ECB) code = SDR_ALGNOTSUPPORT;
    else code = length == BLOCK ? load_key("kek", index, kek, BLOCK) : SDR_INARGERR;
    if (!code) code = sm4(EVP_sm4_ecb(), kek, NULL, wrapped, BLOCK, key, 0);
    if (!code) {
        pthread_mutex_lock(&lock);
        *handle = new_handle(KEY, session);
        if (*handle) memcpy(((Handle *)*handle)->key, key, BLOCK);
        else code = SDR_NOBUFFER;
        pthread_mutex_unlock(&lock);
    }
    memset(kek, 0, BLOCK);
    memset(key, 0, BLOCK);
    return leave(session, code);
}

int SDF_DestroyKey(void *session, void *key) {
    int code = enter(session);
    if (code) return code;
    pthread_mutex_lock(&lock);
    if (!is_ours(key, KEY) || ((Handle *)key)->owner != session) code = SDR_INARGERR;
    else free_handle(key);
    pthread_mutex_unlock(&lock);
    return leave(session, code);
}

static int cbc(Handle *session, Handle *key, unsigned int algorithm, unsigned char *iv, unsigned char *in,
               unsigned int size, unsigned char *out, unsigned int *length, int encrypts) {
    int code = enter(session);
    if (code) return code;
    unsigned char next[BLOCK];
    if (!is_ours(key, KEY) || key->owner != session || size < BLOCK) code = SDR_INARGERR;
    else if (algorithm != SGD_SM4_CBC) code = SDR_ALGNOTSUPPORT;
    else if (*length < size) code = SDR_NOBUFFER;
    else {
        if (!encrypts) memcpy(next, in + size - BLOCK, BLOCK);
        code = sm4(EVP_sm4_cbc(), key->key, iv, in, size, out, encrypts);
        if (encrypts) memcpy(next, out + size - BLOCK, BLOCK);
        memcpy(iv, next, BLOCK);
        *length = size;
    }
    return leave(session, code);
}

int SDF_Encrypt(void *session, void *key, unsigned int algorithm, unsigned char *iv, unsigned char *data,
                unsigned int size, unsigned char *out, unsigned int *length) {
    return cbc(session, key, algorithm, iv, data, size, out, length, 1);
}

int SDF_Decrypt(void *session, void *key, unsigned int algorithm, unsigned char *iv, unsigned char *data,
                unsigned int size, unsigned char *out, unsigned int *length) {
    return cbc(session, key, algorithm, iv, data, size, out, length, 0);
}

int SDF_CalculateMAC(void *session, void *key, unsigned int algorithm, unsigned char *iv, unsigned char *data,
                     unsigned int size, unsigned char *mac, unsigned int *length) {
    unsigned char out[MAX_CIPHER];
    int code = enter(session);
    if (code) return code;
    if (!is_ours(key, KEY) || ((Handle *)key)->owner != session || size > sizeof out) code = SDR_INARGERR;
    else if (algorithm != SGD_SM4_MAC) code = SDR_ALGNOTSUPPORT;
    else if (*length < BLOCK) code = SDR_NOBUFFER;
    else code = sm4(EVP_sm4_cbc(), ((Handle *)key)->key, iv, data, size, out, 1);
    if (!code) {
        memcpy(mac, out + size - BLOCK, BLOCK);
        *length = BLOCK;
    }
    return leave(session, code);
}
