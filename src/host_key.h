// The RSA key by which viewers know this server.
#pragma once

#include "rfb/security/rsa_key.h"

#include <memory>
#include <string>

namespace covnc {

// Reads the key, PEM or DER; makes one of 2048 bits and writes it, readable for us alone, where
// there is no file. Blocks: for start-up. Throws std::runtime_error, whose text names the file.
std::shared_ptr<const RsaKey> read_or_make_host_key(const std::string& path);

} // namespace covnc
