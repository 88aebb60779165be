#include "tests/support/certificates.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <stdlib.h>
#include <utility>

namespace covnc::test {

namespace {

void require(int code)
{
    if (code < 0) {
        throw std::runtime_error(std::string("test certificate: ") + gnutls_strerror(code));
    }
}

class Key
{
public:
    Key()
    {
        require(gnutls_x509_privkey_init(&key_));
        require(gnutls_x509_privkey_generate(
            key_, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    }
    ~Key() { gnutls_x509_privkey_deinit(key_); }
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;
    gnutls_x509_privkey_t get() const { return key_; }
    std::string pem() const
    {
        gnutls_datum_t text{};
        require(gnutls_x509_privkey_export2(key_, GNUTLS_X509_FMT_PEM, &text));
        std::string result(reinterpret_cast<char*>(text.data), text.size);
        gnutls_free(text.data);
        return result;
    }

private:
    gnutls_x509_privkey_t key_ = nullptr;
};

class Certificate
{
public:
    Certificate(const Key& key,
                const std::string& common_name,
                unsigned char serial,
                std::chrono::hours lifetime)
    {
        require(gnutls_x509_crt_init(&certificate_));
        require(gnutls_x509_crt_set_version(certificate_, 3));
        require(gnutls_x509_crt_set_serial(certificate_, &serial, 1));
        require(gnutls_x509_crt_set_dn(certificate_, ("CN=" + common_name).c_str(), nullptr));
        require(gnutls_x509_crt_set_key(certificate_, key.get()));
        const std::time_t now = std::time(nullptr);
        const std::time_t seconds = std::chrono::seconds(lifetime).count();
        require(gnutls_x509_crt_set_activation_time(certificate_,
                                                    now - 3600 + (seconds < 0 ? 2 * seconds : 0)));
        require(gnutls_x509_crt_set_expiration_time(certificate_, now + seconds));
    }
    ~Certificate() { gnutls_x509_crt_deinit(certificate_); }
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;
    gnutls_x509_crt_t get() const { return certificate_; }

    void is_authority() const
    {
        require(gnutls_x509_crt_set_basic_constraints(certificate_, 1, -1));
        require(gnutls_x509_crt_set_key_usage(certificate_, GNUTLS_KEY_KEY_CERT_SIGN));
    }
    void is_for_this_machine() const
    {
        const std::array<unsigned char, 4> loopback{127, 0, 0, 1};
        require(gnutls_x509_crt_set_subject_alt_name(
            certificate_, GNUTLS_SAN_IPADDRESS, loopback.data(), loopback.size(), GNUTLS_FSAN_SET));
        require(gnutls_x509_crt_set_subject_alt_name(
            certificate_, GNUTLS_SAN_DNSNAME, "localhost", 9, GNUTLS_FSAN_APPEND));
    }
    void sign(const Certificate& issuer, const Key& key) const
    {
        require(gnutls_x509_crt_sign2(certificate_, issuer.get(), key.get(), GNUTLS_DIG_SHA256, 0));
    }
    std::string pem() const
    {
        gnutls_datum_t text{};
        require(gnutls_x509_crt_export2(certificate_, GNUTLS_X509_FMT_PEM, &text));
        std::string result(reinterpret_cast<char*>(text.data), text.size);
        gnutls_free(text.data);
        return result;
    }

private:
    gnutls_x509_crt_t certificate_ = nullptr;
};

} // namespace

struct Certificates::Authority
{
    explicit Authority(const std::string& name)
        : certificate(key, name, 1, std::chrono::hours(1000))
    {}

    Key key;
    Certificate certificate;
};

Certificates::Certificates()
{
    std::string folder = (std::filesystem::temp_directory_path() / "covnc-test-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) {
        throw std::runtime_error("no folder for test certificates");
    }
    folder_ = folder;
    authority_ = make_authority("ca.pem");
    other_ = make_authority("other-ca.pem");
}

Certificates::~Certificates()
{
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string Certificates::write(const std::string& name, const std::string& text) const
{
    std::ofstream file(path(name), std::ios::binary);
    file << text;
    file.close();
    std::filesystem::permissions(
        path(name), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path(name);
}

std::unique_ptr<Certificates::Authority> Certificates::make_authority(const std::string& file)
{
    auto made = std::make_unique<Authority>("authority of " + file);
    made->certificate.is_authority();
    made->certificate.sign(made->certificate, made->key);
    write(file, made->certificate.pem());
    return made;
}

Certificates::Files Certificates::issue_from(const Authority& authority,
                                             const std::string& common_name,
                                             std::chrono::hours lifetime)
{
    const std::string number = std::to_string(++issued_);
    const Key key;
    const Certificate certificate(
        key, common_name, static_cast<unsigned char>(issued_ + 1), lifetime);
    certificate.is_for_this_machine();
    certificate.sign(authority.certificate, authority.key);
    Files files;
    files.certificate = write("certificate-" + number + ".pem", certificate.pem());
    files.key = write("key-" + number + ".pem", key.pem());
    return files;
}

Certificates::Files Certificates::issue(const std::string& common_name, std::chrono::hours lifetime)
{
    return issue_from(*authority_, common_name, lifetime);
}

Certificates::Files Certificates::issue_by_other(const std::string& common_name)
{
    return issue_from(*other_, common_name, std::chrono::hours(1000));
}

} // namespace covnc::test
