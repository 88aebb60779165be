#include "tools/load/abuse_figures.h"

#include <algorithm>
#include <fmt/format.h>

namespace covnc::load {

namespace {

double seconds_of(Duration time)
{
    return std::chrono::duration<double>(time).count();
}

} // namespace

void Reactions::closed(Duration after)
{
    if (after < kAtOnce) {
        ++closed_at_once;
        return;
    }
    ++closed_later;
    soonest = std::min(soonest, after);
    latest = std::max(latest, after);
}

void Reactions::answered(const std::string& text)
{
    constexpr std::size_t kMost = 3;
    if (!text.empty() && said.size() < kMost &&
        std::find(said.begin(), said.end(), text) == said.end()) {
        said.push_back(text);
    }
}

void Reactions::noted(const std::string& text)
{
    if (std::find(notes.begin(), notes.end(), text) == notes.end()) {
        notes.push_back(text);
    }
}

std::string text_of(const Reactions& reactions)
{
    std::vector<std::string> parts;
    const auto add = [&](std::size_t count, const char* text) {
        if (count > 0) {
            parts.push_back(fmt::format(fmt::runtime(text), count));
        }
    };
    add(reactions.let_in, "LET {} IN");
    add(reactions.closed_at_once, "closed {} at once");
    if (reactions.closed_later > 0) {
        const double soonest = seconds_of(reactions.soonest);
        const double latest = seconds_of(reactions.latest);
        parts.push_back(
            latest - soonest < 0.1
                ? fmt::format("closed {} after {:.1f} s", reactions.closed_later, latest)
                : fmt::format("closed {} after {:.1f} to {:.1f} s",
                              reactions.closed_later,
                              soonest,
                              latest));
    }
    add(reactions.kept_open, "kept {} open");
    add(reactions.served, "served {}");
    add(reactions.left, "lost {} that left");
    add(reactions.refused, "refused {}");
    parts.insert(parts.end(), reactions.notes.begin(), reactions.notes.end());
    for (const std::string& text : reactions.said) {
        parts.push_back("said '" + text + "'");
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

const char* name_of(Verdict verdict)
{
    switch (verdict) {
    case Verdict::kRight:
        return "right";
    case Verdict::kComing:
        return "coming";
    case Verdict::kWrongPixels:
        return "wrong pixels";
    case Verdict::kThrownOut:
        return "thrown out";
    case Verdict::kStalled:
        return "stalled";
    case Verdict::kNoNewcomer:
        return "no newcomer";
    case Verdict::kLetIn:
        return "let in";
    case Verdict::kDied:
        return "died";
    case Verdict::kNotRun:
        break;
    }
    return "not run";
}

bool is_good(Verdict verdict)
{
    return verdict == Verdict::kRight || verdict == Verdict::kComing;
}

bool is_survived(const AbuseFigures& figures)
{
    return figures.problems.empty() && !figures.attacks.empty() &&
           std::all_of(figures.attacks.begin(),
                       figures.attacks.end(),
                       [](const AttackFigures& attack) { return is_good(attack.verdict); });
}

} // namespace covnc::load
