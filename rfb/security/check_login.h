// Credentials, however they came, against what the policy knows.
#pragma once

#include "coroutine/worker_pool.h"
#include "rfb/access.h"
#include "rfb/security/login.h"
#include "rfb/security/user_directory.h"

namespace covnc {

// Where logins compute: the policy's own workers, else these.
WorkerPool& login_workers(const AccessPolicy& policy, WorkerPool& pool);

// User and password, against the policy's users, on a worker. Denies everybody where there are no
// users, or they cannot be looked up. Suspends for the worker. Throws Cancelled.
Task<Login> check_user(Credentials credentials, const AccessPolicy& policy, WorkerPool& pool);

// What somebody may do who has proved to be `user` without our help, on a worker: everything where
// there is no list of users. Suspends and throws as check_user().
Task<Login> admit_user(std::string user,
                       std::string peer_address,
                       const AccessPolicy& policy,
                       WorkerPool& pool);

// A password alone, every byte of it, against the policy's passwords.
Login check_password(const Secret& given, const AccessPolicy& policy);

// What `access` opens now: nothing once the passwords have expired.
Login unless_expired(Access access, const VncPasswords& passwords);

} // namespace covnc
