#include "rfb/security/sasl.h"

#include "coroutine/combinators.h"
#include "rfb/errors.h"
#include "rfb/printable_text.h"
#include "rfb/security/check_login.h"
#include "rfb/security/sasl_server.h"

#include <algorithm>
#include <array>

namespace covnc {

namespace {

using Status = SaslStep::Status;

Task<std::size_t> read_length(BufferedReader& reader, std::size_t most, const char* what)
{
    std::array<std::uint8_t, 4> bytes{};
    co_await reader.read_exact(bytes);
    const std::uint32_t length = ByteReader(bytes, "SASL").u32();
    if (length > most) {
        throw ProtocolError(std::string(what) + " of " + std::to_string(length) + " bytes");
    }
    co_return length;
}

// Data counts its NUL, so that none and empty can be told apart; the NUL is dropped unseen, as all
// others do.
Task<std::optional<Secret>> read_data(BufferedReader& reader)
{
    const std::size_t length = co_await read_length(reader, kMaxSaslData, "SASL data");
    std::optional<Secret> data;
    if (length > 0) {
        data = Secret(length - 1);
        co_await reader.read_exact(data->bytes());
        co_await reader.skip(1);
        reader.wipe_taken(); // it may have been a password
    }
    co_return data;
}

void append_text(Bytes& out, std::string_view text)
{
    ByteWriter writer(out);
    writer.u32(static_cast<std::uint32_t>(text.size()));
    writer.text(text);
}

void append_data(Bytes& out, const std::optional<Secret>& data)
{
    ByteWriter writer(out);
    if (!data) {
        writer.u32(0);
        return;
    }
    writer.u32(static_cast<std::uint32_t>(data->bytes().size() + 1));
    writer.bytes(data->bytes());
    writer.u8(0);
}

std::string joined(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ",") + name;
    }
    return text;
}

class SaslLogin
{
public:
    SaslLogin(Channel& channel, const AccessPolicy& policy, WorkerPool& pool)
        : channel_(channel),
          policy_(policy),
          pool_(pool),
          workers_(login_workers(policy, pool)),
          is_confidential_(channel.stream().is_confidential())
    {}

    Task<Login> run()
    {
        if (policy_.sasl == nullptr) {
            throw ProtocolError("there is no SASL here");
        }
        co_await open();
        co_await offer();
        std::string mechanism = co_await read_mechanism();
        SaslStep step = co_await take_step(std::move(mechanism));
        for (std::size_t steps = 1; step.status == Status::kContinue; ++steps) {
            if (steps == kMaxSaslSteps) {
                throw ProtocolError("SASL takes more than " + std::to_string(kMaxSaslSteps) +
                                    " steps");
            }
            co_await answer(step);
            step = co_await take_step(std::string());
        }
        Login login = Login::denied(std::move(step.reason));
        if (step.status == Status::kDone) {
            login = co_await admit();
        }
        login.last_words_if_let_in = words_of(step);
        login.last_words_if_denied = words_of(SaslStep());
        co_return login;
    }

private:
    Task<> open()
    {
        auto job = [sasl = policy_.sasl, is_confidential = is_confidential_] {
            return sasl->open(is_confidential);
        };
        session_ = co_await workers_.run(std::move(job));
    }

    Task<> offer()
    {
        Bytes out;
        append_text(out, joined(policy_.sasl->mechanisms(is_confidential_)));
        co_await channel_.stream().write_all(ByteView(out));
    }

    Task<std::string> read_mechanism()
    {
        const std::size_t length =
            co_await read_length(channel_.reader(), kMaxSaslName, "a SASL mechanism's name");
        Bytes bytes(length);
        co_await channel_.reader().read_exact(bytes);
        std::string name(bytes.begin(), bytes.end());
        const std::vector<std::string>& offered = policy_.sasl->mechanisms(is_confidential_);
        if (std::find(offered.begin(), offered.end(), name) == offered.end()) {
            throw ProtocolError("a SASL mechanism that was not offered");
        }
        co_return name;
    }

    // mechanism: of the first step; else empty.
    Task<SaslStep> take_step(std::string mechanism)
    {
        std::optional<Secret> data = co_await read_data(channel_.reader());
        auto job = [session = session_, name = std::move(mechanism), given = std::move(data)] {
            return name.empty() ? session->step(given) : session->start(name, given);
        };
        SaslStep step = co_await workers_.run(std::move(job));
        co_return step;
    }

    // Data, and whether it was the last. Here no bytes are nothing, as viewers know it from QEMU.
    static Bytes words_of(const SaslStep& step)
    {
        static const std::optional<Secret> kNothing;
        const bool is_empty = !step.data || step.data->bytes().empty();
        Bytes out;
        append_data(out, is_empty ? kNothing : step.data);
        ByteWriter(out).u8(step.status == Status::kContinue ? 0 : 1);
        return out;
    }

    Task<> answer(const SaslStep& step)
    {
        const Bytes out = words_of(step);
        co_await channel_.stream().write_all(ByteView(out));
    }

    Task<Login> admit()
    {
        const unsigned bits = session_->layer_bits();
        if (!is_confidential_ && bits < kMinSaslBits) {
            co_return Login::denied("SASL: what was agreed on encrypts with " +
                                    std::to_string(bits) + " bits");
        }
        std::string user = session_->user();
        std::string address = channel_.stream().peer_address();
        Login login = co_await admit_user(std::move(user), std::move(address), policy_, pool_);
        if (login.access != Access::kDenied && bits > 0) {
            login.layer = session_;
        }
        co_return login;
    }

    Channel& channel_;
    const AccessPolicy& policy_;
    WorkerPool& pool_;
    WorkerPool& workers_;
    bool is_confidential_;
    std::shared_ptr<SaslServerSession> session_; // jobs own it too
};

} // namespace

Task<Login> log_in_sasl(Channel& channel, const AccessPolicy& policy, WorkerPool& pool)
{
    SaslLogin exchange(channel, policy, pool);
    Login login = co_await with_timeout(policy.limits.login, exchange.run());
    co_return login;
}

// --- the viewer's side -----------------------------------------------------------------------

namespace {

class SaslProof
{
public:
    SaslProof(Channel& channel, std::string user, const std::string& password)
        : channel_(channel),
          is_confidential_(channel.stream().is_confidential()),
          session_(std::make_shared<SaslClientSession>(std::move(user), password, is_confidential_))
    {}

    Task<std::shared_ptr<SaslSession>> run()
    {
        SaslStep step = co_await choose();
        // A server that is done may still have to prove something: then we have a step more.
        for (std::size_t steps = 1;; ++steps) {
            const bool is_over = co_await hear();
            if (is_over && step.status == Status::kDone) {
                break;
            }
            if (steps == kMaxSaslSteps) {
                throw ProtocolError("the server's SASL has no end");
            }
            step = checked(session_->step(heard_));
            if (is_over) {
                expect_end(step);
                break;
            }
            co_await say(step);
        }
        if (session_->layer_bits() == 0) {
            if (!is_confidential_) {
                throw AuthenticationError("the SASL mechanism encrypts nothing");
            }
            co_return nullptr;
        }
        co_return session_;
    }

private:
    Task<SaslStep> choose()
    {
        const std::size_t length =
            co_await read_length(channel_.reader(), kMaxSaslList, "a list of SASL mechanisms");
        Bytes bytes(length);
        co_await channel_.reader().read_exact(bytes);
        const std::string offered(bytes.begin(), bytes.end());
        SaslStep step = session_->start(offered);
        if (step.status == Status::kDenied) {
            throw AuthenticationError("none of the server's SASL mechanisms is for us: " +
                                      printable(offered, kMaxSaslList) + " (" + step.reason + ")");
        }
        Bytes out;
        append_text(out, session_->mechanism());
        append_data(out, step.data);
        co_await channel_.stream().write_all(ByteView(out));
        co_return step;
    }

    // Whether it was the server's last word.
    Task<bool> hear()
    {
        heard_ = co_await read_data(channel_.reader());
        const std::uint8_t is_over = co_await channel_.reader().read_byte();
        co_return is_over != 0;
    }

    Task<> say(const SaslStep& step)
    {
        Bytes out;
        append_data(out, step.data);
        co_await channel_.stream().write_all(ByteView(out));
    }

    static SaslStep checked(SaslStep step)
    {
        if (step.status == Status::kDenied) {
            throw AuthenticationError("the server denies the login, or does not prove itself: " +
                                      step.reason);
        }
        return step;
    }

    static void expect_end(const SaslStep& step)
    {
        if (step.status != Status::kDone) {
            throw AuthenticationError("the server ends SASL before it is over");
        }
    }

    Channel& channel_;
    bool is_confidential_;
    std::shared_ptr<SaslClientSession> session_;
    std::optional<Secret> heard_;
};

} // namespace

Task<std::shared_ptr<SaslSession>>
prove_sasl(Channel& channel, std::string user, std::string password)
{
    SaslProof proof(channel, std::move(user), password);
    std::shared_ptr<SaslSession> layer = co_await proof.run();
    co_return layer;
}

} // namespace covnc
