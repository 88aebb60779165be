// What SIGHUP does: reads files again, for those who come from then on. Loop thread only.
#pragma once

#include "coroutine/worker_pool.h"
#include "src/options.h"

#include <string>

namespace covnc {

// Certificates, keys and lists of TLS. What cannot be read leaves things as they are. Ends in a
// line in the log. Suspends for a worker.
Task<> reload_tls(const TlsServerFiles& files, AccessPolicy& access, WorkerPool& pool);

// The passwords without users; when they expire stays. The same rules.
Task<> reload_passwords(const std::string& file, AccessPolicy& access, WorkerPool& pool);

} // namespace covnc
