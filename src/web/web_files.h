// The files of a web client, read once at the start: what is not in here cannot be asked for,
// whatever an address looks like, and serving needs no disk. Values; any thread.
#pragma once

#include "rfb/wire.h"

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace covnc {

struct WebFile
{
    std::string type; // for Content-Type
    std::string etag; // of the content, with its quotes
    Bytes content;
};

class WebFiles
{
public:
    // Every file below `folder`; no hidden ones, no links that lead out of it. Throws
    // std::runtime_error, which names the folder: not there, nothing to show, too much in it.
    static WebFiles read(const std::string& folder);
    // For tests: by path, "/app/ui.js".
    explicit WebFiles(std::map<std::string, Bytes> contents);

    // Nothing where there is no such file.
    const WebFile* find(const std::string& path) const;
    // Where "/" leads: "/index.html", or noVNC's page with its parameters.
    std::string start_page() const;

private:
    std::map<std::string, WebFile> files_;
};

} // namespace covnc
