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

Login look_up_proven(const UserDirectory& users,
                     const std::string& user,
                     const std::string& address)
{
    try {
        return users.admit(user, address);
    } catch (const std::exception& error) {
        return Login::denied(error.what());
    }
}

} // namespace

WorkerPool& login_workers(const AccessPolicy& policy, WorkerPool& pool)
{
    return policy.login_workers != nullptr ? *policy.login_workers : pool;
}

Task<Login> check_user(Credentials credentials, const AccessPolicy& policy, WorkerPool& pool)
{
    if (policy.users == nullptr) {
        co_return Login::denied("there are no users");
    }
    auto job = [users = policy.users, given = std::move(credentials)] {
        return look_up(*users, given);
    };
    Login login = co_await login_workers(policy, pool).run(std::move(job));
    co_return login;
}

Task<Login>
admit_user(std::string user, std::string peer_address, const AccessPolicy& policy, WorkerPool& pool)
{
    if (policy.users == nullptr) {
        co_return Login(Access::kFull, std::move(user));
    }
    auto job = [users = policy.users, name = std::move(user), address = std::move(peer_address)] {
        return look_up_proven(*users, name, address);
    };
    Login login = co_await login_workers(policy, pool).run(std::move(job));
    co_return login;
}

Login check_password(const Secret& given, const AccessPolicy& policy)
{
    return unless_expired(policy.passwords.check_whole(given.text()), policy.passwords);
}

Login unless_expired(Access access, const VncPasswords& passwords)
{
    if (access != Access::kDenied &&
        passwords.expiry.has_passed(std::chrono::system_clock::now())) {
        return Login::denied("the password has expired");
    }
    return Login(access);
}

} // namespace covnc
