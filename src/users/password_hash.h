// Passwords as libcrypt's hashes, see crypt(5). Slow on purpose: for workers and tools. Any thread.
#pragma once

#include "rfb/security/secret.h"

#include <string>

namespace covnc {

// Whether it is a hash of a kind that still takes long to guess: yescrypt, gost-yescrypt, scrypt,
// bcrypt, SHA-512, SHA-256.
bool is_good_hash(const std::string& hash);

// Whether this is the password. Takes as long for a wrong one. Never for one with a NUL byte or
// more than libcrypt takes (512 bytes).
bool fits_hash(const Secret& password, const std::string& hash);

// A new hash, yescrypt with libcrypt's own cost. Throws std::runtime_error for a password that
// fits_hash() would never take.
std::string hash_password(const Secret& password);

} // namespace covnc
