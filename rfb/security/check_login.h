// Credentials, however they came, against what the policy knows.
#pragma once

#include "coroutine/worker_pool.h"
#include "rfb/access.h"
#include "rfb/security/login.h"
#include "rfb/security/user_directory.h"

namespace covnc {

// User and password, against the policy's users, on a worker. Denies everybody where there are no
// users, or they cannot be looked up. Suspends for the worker. Throws Cancelled.
Task<Login> check_user(Credentials credentials, const AccessPolicy& policy, WorkerPool& pool);

} // namespace covnc
