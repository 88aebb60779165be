#include "tools/load/report.h"

#include <nlohmann/json.hpp>

namespace covnc::load {

namespace {

using nlohmann::ordered_json;

double ms(Duration time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

ordered_json times(const Histogram& histogram)
{
    return {{"count", histogram.count()},
            {"mean_ms", ms(histogram.mean())},
            {"min_ms", ms(histogram.min())},
            {"p50_ms", ms(histogram.percentile(50))},
            {"p90_ms", ms(histogram.percentile(90))},
            {"p99_ms", ms(histogram.percentile(99))},
            {"p99_9_ms", ms(histogram.percentile(99.9))},
            {"max_ms", ms(histogram.max())}};
}

ordered_json verify_json(const VerifyFigures& verify)
{
    return {{"went_quiet", verify.went_quiet},
            {"compared", verify.compared},
            {"equal", verify.equal},
            {"wrong_pixels", verify.wrong_pixels},
            {"lossy", verify.lossy},
            {"lowest_psnr_db", verify.lowest_psnr_db},
            {"examples", verify.examples}};
}

ordered_json timeline_json(const std::vector<TimelinePoint>& timeline)
{
    ordered_json list = ordered_json::array();
    for (const TimelinePoint& point : timeline) {
        list.push_back({{"seconds", point.seconds},
                        {"connected", point.connected},
                        {"updates_per_second", point.updates_per_second},
                        {"bytes_per_second", point.bytes_per_second},
                        {"server_cpu_percent", point.server_cpu_percent},
                        {"server_memory_bytes", point.server_memory_bytes}});
    }
    return list;
}

ordered_json viewers_json(const std::vector<ViewerFigures>& viewers)
{
    ordered_json list = ordered_json::array();
    for (const ViewerFigures& viewer : viewers) {
        list.push_back({{"kind", viewer.kind},
                        {"link", viewer.link},
                        {"updates", viewer.updates},
                        {"bytes", viewer.bytes}});
    }
    return list;
}

} // namespace

std::string to_json(const LoadSettings& settings, const Figures& figures)
{
    const Fairness fairness = fairness_of(figures.viewers);
    ordered_json json{
        {"schema", "covnc-load 1"},
        {"server", server_text(settings)},
        {"clients", settings.clients},
        {"most_connected", figures.most_connected},
        {"connections", figures.connections},
        {"seconds", figures.seconds},
        {"updates", figures.updates},
        {"rectangles", figures.rectangles},
        {"pixels", figures.pixels},
        {"bytes", figures.bytes},
        {"fairness",
         {{"slowest_of_median", fairness.slowest_of_median}, {"jain_index", fairness.jain_index}}},
        {"own_cpu_seconds", figures.own_cpu_seconds},
        {"connect", times(figures.connect)},
        {"handshake", times(figures.handshake)},
        {"first_frame", times(figures.first_frame)},
        {"interval", times(figures.interval)},
        {"response", times(figures.response)}};
    json["key_to_pixel"] = ordered_json::object();
    for (const auto& [link, histogram] : figures.key_to_pixel) {
        json["key_to_pixel"][link] = times(histogram);
    }
    json["encodings"] = sent_encodings(figures.viewers);
    json["errors"] = ordered_json::object();
    for (const auto& [kind, count] : figures.errors) {
        json["errors"][kind] = count;
    }
    if (figures.server) {
        json["server_process"] = {{"cpu_seconds", figures.server->cpu_seconds},
                                  {"memory_before_bytes", figures.server->memory_before_bytes},
                                  {"memory_most_bytes", figures.server->memory_most_bytes}};
    }
    if (figures.verify) {
        json["verify"] = verify_json(*figures.verify);
    }
    json["timeline"] = timeline_json(figures.timeline);
    json["viewers"] = viewers_json(figures.viewers);
    // Texts of servers may be anything; they must not end the report.
    return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace covnc::load
