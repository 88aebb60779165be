// What SIGHUP does: reads files again, for those who come from then on. Loop thread only.
#pragma once

#include "coroutine/worker_pool.h"
#include "src/options.h"

namespace covnc {

// Certificates, keys and lists of TLS. What cannot be read leaves things as they are. Ends in a
// line in the log. Suspends for a worker.
Task<> reload_tls(const TlsServerFiles& files, AccessPolicy& access, WorkerPool& pool);

} // namespace covnc
