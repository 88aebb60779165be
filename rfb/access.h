// Who gets in and what they may do: the rules of one listener. Values.
#pragma once

#include "coroutine/clock.h"
#include "rfb/clipboard.h"
#include "rfb/constants.h"
#include "rfb/security/user_directory.h"
#include "rfb/security/vnc_auth.h"

#include <memory>
#include <vector>

namespace covnc {

class RsaKey;
class SaslServer;
class TlsCredentials;
class WorkerPool;

// What a viewer's wish for exclusive access (ClientInit without the shared flag) does.
enum class SharingPolicy : std::uint8_t {
    kShare,      // nothing: many viewers ask for it without meaning it
    kDisconnect, // the others go
    kRefuse,     // it is turned away while others are there
    kNever,      // one viewer at a time, whatever it wishes: others are turned away
};

// How long a peer may take. Wall time, each for the whole step.
struct SessionLimits
{
    Duration handshake_step = std::chrono::seconds(10);
    Duration login = std::chrono::seconds(120); // where a person types
    Duration login_failure_delay = std::chrono::seconds(1);
    Duration farewell = std::chrono::milliseconds(500); // for the peer to read why it goes
    Duration write_stall = std::chrono::seconds(30);    // without a byte taken
    // Of those who are in. Duration::max(): for ever. idle: since the last key or pointer event of
    // one who may send any.
    Duration idle = Duration::max();
    Duration session = Duration::max();
};

struct AccessPolicy
{
    std::vector<SecurityType> types{SecurityType::kNone}; // offered, most wanted first
    VncPasswords passwords;
    std::shared_ptr<const UserDirectory> users; // null: there are none
    std::shared_ptr<const RsaKey> rsa_key;      // who we are, for the RSA-AES types
    std::shared_ptr<const SaslServer> sasl;     // null: types with SASL cannot be offered
    std::shared_ptr<const TlsCredentials> tls;  // null: types with TLS cannot be offered
    // Where logins compute, and may wait for other programs; must live longer. Null: where the
    // display encodes.
    WorkerPool* login_workers = nullptr;
    // Where handshakes of TLS compute; likewise.
    WorkerPool* tls_workers = nullptr;
    SharingPolicy sharing = SharingPolicy::kShare;
    ClipboardPolicy clipboard;
    bool resize = true;     // viewers may wish another size
    bool power = false;     // viewers may shut the machine down and reset it
    bool view_only = false; // everybody, whatever they log in with
    SessionLimits limits;
};

} // namespace covnc
