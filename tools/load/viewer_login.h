// What the viewers of a test log in with. Loop thread only.
#pragma once

#include "coroutine/worker_pool.h"
#include "rfb/client_handshake.h"
#include "tools/load/settings.h"

namespace covnc::load {

class ViewerLogin
{
public:
    // settings must live longer. Throws what TlsCredentials::for_client() throws.
    ViewerLogin(EventLoop& loop, const LoadSettings& settings);

    // Must not live longer than this.
    ClientIdentity identity() const;
    const ViewerTls& tls() const { return tls_; }

private:
    const LoadSettings& settings_;
    ThreadPool workers_; // for handshakes of TLS
    ViewerTls tls_;
};

} // namespace covnc::load
