#include "rfb/security/check_login.h"

namespace covnc {

namespace {

Login look_up(const UserDirectory& users, const Credentials& credentials)
{
    try {
        return users.check(credentials);
    } catch (const std::exception& error) {
        return Login::denied(error.what());
    }
}

} // namespace

Task<Login> check_user(Credentials credentials, const AccessPolicy& policy, WorkerPool& pool)
{
    if (policy.users == nullptr) {
        co_return Login::denied("there are no users");
    }
    auto job = [users = policy.users, given = std::move(credentials)] {
        return look_up(*users, given);
    };
    WorkerPool& workers = policy.login_workers != nullptr ? *policy.login_workers : pool;
    Login login = co_await workers.run(std::move(job));
    co_return login;
}

} // namespace covnc
