// What a server offers by SASL: which of the library's mechanisms, on which connections. Any
// thread.
#pragma once

#include "rfb/security/sasl_session.h"

#include <memory>
#include <string>
#include <vector>

namespace covnc {

// Starts the library: reads its configuration, `folder`/covnc.conf (empty: where it looks by
// itself), and loads its plugins. The first call counts. Throws SaslError.
void start_sasl_server(const std::string& folder);

class SaslServer
{
public:
    // mechanisms: which of the library's are offered; empty: PLAIN and the SCRAM family.
    // options: see SaslOptions. May block. Throws SaslError.
    explicit SaslServer(std::vector<std::string> mechanisms = {}, SaslOptions options = {});

    // What is offered where somebody else encrypts, or where nobody does.
    const std::vector<std::string>& mechanisms(bool is_confidential) const
    {
        return is_confidential ? inside_ : alone_;
    }
    // May block. Throws SaslError.
    std::unique_ptr<SaslServerSession> open(bool is_confidential) const;

private:
    std::vector<std::string> list(bool is_confidential) const;

    std::vector<std::string> wanted_;
    SaslOptions options_;
    std::vector<std::string> inside_;
    std::vector<std::string> alone_;
};

} // namespace covnc
