#include "rfb/security/plain.h"

#include "coroutine/combinators.h"
#include "rfb/errors.h"
#include "rfb/security/check_login.h"

#include <array>

namespace covnc {

namespace {

std::size_t bounded(std::uint32_t length, const char* what)
{
    if (length > kMaxPlainText) {
        throw ProtocolError(std::string("a ") + what + " of " + std::to_string(length) + " bytes");
    }
    return length;
}

// Both lengths come first.
Task<Credentials> read_credentials(BufferedReader& reader)
{
    std::array<std::uint8_t, 8> head{};
    co_await reader.read_exact(head);
    ByteReader lengths(head, "Plain");
    const std::size_t user_length = bounded(lengths.u32(), "user name");
    const std::size_t password_length = bounded(lengths.u32(), "password");

    Credentials given;
    Bytes user(user_length);
    co_await reader.read_exact(user);
    given.user.assign(user.begin(), user.end());
    given.password = Secret(password_length);
    co_await reader.read_exact(given.password.bytes());
    reader.wipe_taken();
    co_return given;
}

} // namespace

Task<Login> log_in_plain(Channel& channel, const AccessPolicy& policy, WorkerPool& pool)
{
    Credentials given =
        co_await with_timeout(policy.limits.login, read_credentials(channel.reader()));
    given.peer_address = channel.stream().peer_address();
    Login login = co_await check_user(std::move(given), policy, pool);
    co_return login;
}

void append_plain(Bytes& out, std::string_view user, std::string_view password)
{
    ByteWriter writer(out);
    writer.u32(static_cast<std::uint32_t>(user.size()));
    writer.u32(static_cast<std::uint32_t>(password.size()));
    writer.text(user);
    writer.text(password);
}

} // namespace covnc
