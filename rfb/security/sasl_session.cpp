#include "rfb/security/sasl_session.h"

#include "rfb/printable_text.h"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace covnc {

namespace {

constexpr const char* kService = "vnc";   // as all others call it; Kerberos has it in names of keys
constexpr unsigned kMostReceived = 16384; // bytes of one piece of a layer
constexpr unsigned kStrongest = 100000;   // bits: no limit
constexpr std::size_t kLongestWords = 200;

void append(Bytes& out, const char* data, std::size_t size)
{
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(data);
    out.insert(out.end(), begin, begin + size);
}

const char* text_of(ByteView bytes)
{
    return reinterpret_cast<const char*>(bytes.data());
}

// As the library wants it: nothing is a null pointer, and what is there ends with a NUL.
struct Given
{
    explicit Given(const std::optional<Secret>& data)
    {
        if (data) {
            copy = Secret(data->bytes().size() + 1);
            std::copy(data->bytes().begin(), data->bytes().end(), copy.bytes().begin());
            size = static_cast<unsigned>(data->bytes().size());
            text = text_of(copy.bytes());
        }
    }

    Secret copy;
    const char* text = nullptr;
    unsigned size = 0;
};

} // namespace

// What the library calls.
struct SaslCallbacks
{
    static int
    option(void* context, const char*, const char* name, const char** value, unsigned* size)
    {
        const SaslOptions& options = static_cast<SaslSession*>(context)->options_;
        const auto found = options.find(name);
        if (found == options.end()) {
            return SASL_FAIL; // ask others
        }
        *value = found->second.c_str();
        if (size != nullptr) {
            *size = static_cast<unsigned>(found->second.size());
        }
        return SASL_OK;
    }
    // Only what an administrator has to mend: what is written below errors names users.
    static int log(void* context, int level, const char* message)
    {
        if (level == SASL_LOG_ERR && message != nullptr) {
            auto& session = *static_cast<SaslSession*>(context);
            session.last_words_ = printable(message, kLongestWords);
        }
        return SASL_OK;
    }
    static int user(void* context, int, const char** text, unsigned* size)
    {
        const std::string& name = static_cast<SaslClientSession*>(context)->user_;
        *text = name.c_str();
        if (size != nullptr) {
            *size = static_cast<unsigned>(name.size());
        }
        return SASL_OK;
    }
    static int password(sasl_conn_t*, void* context, int, sasl_secret_t** secret)
    {
        auto& session = *static_cast<SaslClientSession*>(context);
        void* const bytes = session.password_.bytes().data();
        *secret = static_cast<sasl_secret_t*>(bytes);
        return SASL_OK;
    }
    static int realm(void*, int, const char** offered, const char** chosen)
    {
        *chosen = offered != nullptr ? offered[0] : "";
        return SASL_OK;
    }
};

namespace {

template <typename Function>
void (*erased(Function* function))()
{
    return reinterpret_cast<void (*)()>(function);
}

} // namespace

SaslSession::~SaslSession()
{
    if (handle_ != nullptr) {
        sasl_dispose(&handle_);
    }
}

void SaslSession::add_callback(unsigned long id, void (*function)())
{
    if (callbacks_.empty()) {
        callbacks_.push_back({SASL_CB_LIST_END, nullptr, nullptr});
    }
    sasl_callback_t entry{};
    entry.id = id;
    entry.proc = reinterpret_cast<int (*)()>(function);
    entry.context = this;
    callbacks_.insert(callbacks_.end() - 1, entry);
}

void SaslSession::expect_ok(int code, const char* doing) const
{
    if (code != SASL_OK) {
        throw SaslError(std::string("SASL: ") + doing + ": " +
                        sasl_errstring(code, nullptr, nullptr) +
                        (last_words_.empty() ? "" : ": " + last_words_));
    }
}

void SaslSession::limit(bool is_confidential)
{
    sasl_security_properties_t needs{};
    needs.maxbufsize = kMostReceived;
    needs.security_flags = SASL_SEC_NOANONYMOUS;
    if (is_confidential) {
        const sasl_ssf_t outside = kOutsideBits;
        expect_ok(sasl_setprop(handle_, SASL_SSF_EXTERNAL, &outside), "outer encryption");
        needs.max_ssf = 0; // once is enough
    } else {
        needs.min_ssf = kMinSaslBits;
        needs.max_ssf = kStrongest;
        needs.security_flags |= SASL_SEC_NOPLAINTEXT;
    }
    expect_ok(sasl_setprop(handle_, SASL_SEC_PROPS, &needs), "needs of security");
}

SaslStep SaslSession::step_of(int code, const char* data, unsigned size)
{
    SaslStep step;
    if (code != SASL_OK && code != SASL_CONTINUE) {
        step.reason = std::string("SASL: ") + sasl_errstring(code, nullptr, nullptr);
        if (!last_words_.empty()) {
            step.reason += ": " + last_words_;
        }
        return step;
    }
    step.status = code == SASL_OK ? SaslStep::Status::kDone : SaslStep::Status::kContinue;
    if (data != nullptr) {
        step.data = Secret(std::string_view(data, size));
    }
    return step;
}

unsigned SaslSession::layer_bits() const
{
    const void* value = nullptr;
    expect_ok(sasl_getprop(handle_, SASL_SSF, &value), "strength of the layer");
    return *static_cast<const sasl_ssf_t*>(value);
}

std::size_t SaslSession::most_in_piece() const
{
    const void* value = nullptr;
    expect_ok(sasl_getprop(handle_, SASL_MAXOUTBUF, &value), "size of the peer's buffer");
    return *static_cast<const unsigned*>(value);
}

void SaslSession::encode(ByteView piece, Bytes& out)
{
    const char* encoded = nullptr;
    unsigned size = 0;
    const auto given = static_cast<unsigned>(piece.size());
    expect_ok(sasl_encode(handle_, text_of(piece), given, &encoded, &size), "encryption");
    append(out, encoded, size);
}

void SaslSession::decode(ByteView bytes, Bytes& out)
{
    const char* decoded = nullptr;
    unsigned size = 0;
    const auto given = static_cast<unsigned>(bytes.size());
    if (sasl_decode(handle_, text_of(bytes), given, &decoded, &size) != SASL_OK) {
        throw AuthenticationError("what came was not made with the keys of the SASL layer");
    }
    append(out, decoded, size);
}

// --- the server's side -------------------------------------------------------------------------

SaslServerSession::SaslServerSession(SaslOptions options, bool is_confidential)
    : SaslSession(std::move(options))
{
    add_callback(SASL_CB_GETOPT, erased(&SaslCallbacks::option));
    add_callback(SASL_CB_LOG, erased(&SaslCallbacks::log));
    expect_ok(sasl_server_new(kService,
                              nullptr,
                              nullptr,
                              nullptr,
                              nullptr,
                              callbacks(),
                              SASL_SUCCESS_DATA,
                              new_handle()),
              "a new login");
    limit(is_confidential);
}

std::vector<std::string> SaslServerSession::mechanisms()
{
    const char* text = nullptr;
    const int code = sasl_listmech(handle(), nullptr, "", ",", "", &text, nullptr, nullptr);
    std::vector<std::string> names;
    if (code == SASL_NOMECH) {
        return names;
    }
    expect_ok(code, "list of mechanisms");
    std::string_view rest(text);
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        if (end > 0) {
            names.emplace_back(rest.substr(0, end));
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return names;
}

SaslStep SaslServerSession::start(const std::string& mechanism, const std::optional<Secret>& data)
{
    const Given given(data);
    const char* answer = nullptr;
    unsigned size = 0;
    const int code =
        sasl_server_start(handle(), mechanism.c_str(), given.text, given.size, &answer, &size);
    return step_of(code, answer, size);
}

SaslStep SaslServerSession::step(const std::optional<Secret>& data)
{
    const Given given(data);
    const char* answer = nullptr;
    unsigned size = 0;
    const int code = sasl_server_step(handle(), given.text, given.size, &answer, &size);
    return step_of(code, answer, size);
}

std::string SaslServerSession::user() const
{
    const void* name = nullptr;
    expect_ok(sasl_getprop(handle(), SASL_USERNAME, &name), "name of the user");
    return name != nullptr ? static_cast<const char*>(name) : std::string();
}

// --- the viewer's side -------------------------------------------------------------------------

namespace {

// A sasl_secret_t with the text in it.
Secret sasl_secret(std::string_view text)
{
    Secret secret(sizeof(sasl_secret_t) + text.size());
    void* const bytes = secret.bytes().data();
    static_cast<sasl_secret_t*>(bytes)->len = text.size();
    std::memcpy(secret.bytes().data() + offsetof(sasl_secret_t, data), text.data(), text.size());
    return secret;
}

void start_client()
{
    static std::once_flag once;
    std::call_once(once, [] {
        if (sasl_client_init(nullptr) != SASL_OK) {
            throw SaslError("SASL does not start");
        }
    });
}

} // namespace

SaslClientSession::SaslClientSession(std::string user,
                                     std::string_view password,
                                     bool is_confidential)
    : SaslSession({}),
      user_(std::move(user)),
      password_(sasl_secret(password))
{
    start_client();
    add_callback(SASL_CB_LOG, erased(&SaslCallbacks::log));
    add_callback(SASL_CB_USER, erased(&SaslCallbacks::user));
    add_callback(SASL_CB_AUTHNAME, erased(&SaslCallbacks::user));
    add_callback(SASL_CB_PASS, erased(&SaslCallbacks::password));
    add_callback(SASL_CB_GETREALM, erased(&SaslCallbacks::realm));
    expect_ok(
        sasl_client_new(
            kService, "localhost", nullptr, nullptr, callbacks(), SASL_SUCCESS_DATA, new_handle()),
        "a new login");
    limit(is_confidential);
}

SaslClientSession::~SaslClientSession() = default;

SaslStep SaslClientSession::start(const std::string& offered)
{
    const char* answer = nullptr;
    const char* chosen = nullptr;
    unsigned size = 0;
    const int code = sasl_client_start(handle(), offered.c_str(), nullptr, &answer, &size, &chosen);
    mechanism_ = chosen != nullptr ? chosen : "";
    return step_of(code, answer, size);
}

SaslStep SaslClientSession::step(const std::optional<Secret>& data)
{
    const Given given(data);
    const char* answer = nullptr;
    unsigned size = 0;
    const int code = sasl_client_step(handle(), given.text, given.size, nullptr, &answer, &size);
    return step_of(code, answer, size);
}

} // namespace covnc
