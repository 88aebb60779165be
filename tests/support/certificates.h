// Certificates for tests, made anew for each run: files in a folder that goes with the object.
#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace covnc::test {

class Certificates
{
public:
    struct Files
    {
        std::string certificate;
        std::string key;
    };

    // A certificate authority, and one nobody trusts. Throw std::runtime_error.
    Certificates();
    ~Certificates();
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;

    const std::string& folder() const { return folder_; }
    std::string ca() const { return path("ca.pem"); }
    std::string other_ca() const { return path("other-ca.pem"); }

    // For servers at localhost and 127.0.0.1, or clients of that name; from `lifetime` ago, when
    // that is negative, else until then.
    Files issue(const std::string& common_name,
                std::chrono::hours lifetime = std::chrono::hours(1000));
    Files issue_by_other(const std::string& common_name);
    // Writes a file into the folder; returns its path.
    std::string write(const std::string& name, const std::string& text) const;

private:
    struct Authority;

    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    std::unique_ptr<Authority> make_authority(const std::string& file);
    Files issue_from(const Authority& authority,
                     const std::string& common_name,
                     std::chrono::hours lifetime);

    std::string folder_;
    std::unique_ptr<Authority> authority_;
    std::unique_ptr<Authority> other_;
    int issued_ = 0;
};

} // namespace covnc::test
