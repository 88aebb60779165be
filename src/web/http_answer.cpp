#include "src/web/http_answer.h"

#include <http_parser.h>

namespace covnc {

Bytes http_answer(const HttpAnswer& answer, bool keeps_alive, bool leaves_body_out)
{
    const std::size_t length = answer.body.empty() ? answer.text.size() : answer.body.size();
    std::string out = "HTTP/1.1 " + std::to_string(answer.status) + " " +
                      http_status_text(answer.status) + "\r\n";
    const auto add = [&out](std::string_view name, std::string_view value) {
        out.append(name).append(": ").append(value).append("\r\n");
    };
    if (answer.status != HTTP_STATUS_NOT_MODIFIED) {
        add("Content-Length", std::to_string(length));
    }
    if (!answer.type.empty()) {
        add("Content-Type", answer.type);
    }
    add("Connection", keeps_alive ? "keep-alive" : "close");
    // Asked again each time, which is cheap, so that a newer client is never mixed with an old one.
    add("Cache-Control", "no-cache");
    add("X-Content-Type-Options", "nosniff");
    add("Referrer-Policy", "no-referrer");
    add("Cross-Origin-Resource-Policy", "same-origin");
    for (const HttpHeader& header : answer.headers) {
        add(header.name, header.value);
    }
    out += "\r\n";
    if (!leaves_body_out && answer.body.empty()) {
        out += answer.text;
    }
    return {out.begin(), out.end()};
}

HttpAnswer error_page(int status, const std::string& text)
{
    HttpAnswer answer;
    answer.status = status;
    answer.type = "text/plain; charset=utf-8";
    answer.text = std::to_string(status) + " " + http_status_text(status) + ": " + text + "\n";
    if (status == HTTP_STATUS_METHOD_NOT_ALLOWED) {
        answer.headers.push_back({"Allow", "GET, HEAD"});
    } else if (status == HTTP_STATUS_UPGRADE_REQUIRED) {
        answer.headers.push_back({"Upgrade", "websocket"});
        answer.headers.push_back({"Sec-WebSocket-Version", "13"});
    }
    return answer;
}

} // namespace covnc
