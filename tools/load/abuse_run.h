// Attacks a server with what was chosen from the catalogue, and watches how it fares.
#pragma once

#include "coroutine/event_loop.h"
#include "tools/load/abuse_catalogue.h"
#include "tools/load/abuse_figures.h"
#include "tools/load/abuse_probe.h"
#include "tools/load/viewer.h"

#include <functional>

namespace covnc::load {

// One run, on a loop that may be a test's. Loop thread only.
class AbuseRun
{
public:
    using Tick = std::function<void(const AbuseFigures&)>;

    // All must live longer; tick is called once a second.
    AbuseRun(EventLoop& loop,
             const LoadSettings& settings,
             std::vector<const CatalogueEntry*> attacks,
             AbuseFigures& figures,
             const Tick& tick);

    // Suspends until all attacks have ended. Throws what the first connection throws; afterwards
    // nothing but Cancelled, with the figures so far.
    Task<> run();

private:
    // What one attack is judged by.
    struct Case
    {
        Case(const CatalogueEntry& the_entry, AttackFigures& its_figures)
            : entry(the_entry),
              figures(its_figures)
        {}
        const CatalogueEntry& entry;
        AttackFigures& figures;
        ProbeWindow window;
    };

    Task<> background();
    Task<> watch();
    Task<> type();
    Task<> phases();
    Task<> learn();
    Task<> attack_all();
    Task<> attack(const CatalogueEntry* entry, AttackFigures* figures);
    Task<> perform(Case& the_case);
    Task<> come_meanwhile(Case& the_case);
    Task<> check(Case& the_case);
    Task<> accept_changes(Case& the_case);
    Task<std::optional<Picture>> newcomer(Case& the_case);
    Task<> take_one_picture(PictureViewer& viewer);
    Task<> settle();
    void judge(Case& the_case);
    void judge_process();
    ServerUse use_now() const;
    bool is_process_gone() const;
    void take_keys(Case& the_case);

    EventLoop& loop_;
    const LoadSettings& settings_;
    std::vector<const CatalogueEntry*> attacks_;
    AbuseFigures& figures_;
    const Tick& tick_;
    ViewerLogin login_;
    Probe probe_;
    TimePoint started_{};
    Event types_;          // the typist may
    bool is_gone_ = false; // the server
    bool lets_newcomers_in_ = true;
    bool nobody_listens_ = false; // as far as the last newcomer saw
    Figures typed_;               // by the typist
    LoadObserver nobody_;
    LoadState typist_state_;
};

// Runs a loop of its own, and watches SIGINT and SIGTERM: either ends the run early. Throws
// SettingsError for an attack that is none, std::system_error for want of descriptors, what the
// first connection throws.
AbuseFigures run_abuse(const LoadSettings& settings, const AbuseRun::Tick& tick);

} // namespace covnc::load
