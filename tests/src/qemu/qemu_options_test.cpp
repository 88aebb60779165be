#include "src/sources/qemu/qemu_options.h"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace covnc;

TEST_CASE("a QMP path is enough", "[qemu_options]")
{
    const QemuOptions options = QemuOptions::parse("qmp=/run/vm.qmp");
    CHECK(options.qmp_path == "/run/vm.qmp");
    CHECK(options.bus_address.empty());
    CHECK(options.console == 0);
    CHECK(options.layout == "us");
}

TEST_CASE("console, layout and variant come in any order", "[qemu_options]")
{
    const QemuOptions options = QemuOptions::parse("console=3,layout=de,nodeadkeys,qmp=a");
    CHECK(options.console == 3);
    CHECK(options.layout == "de");
    CHECK(options.variant == "nodeadkeys");
    CHECK(options.qmp_path == "a");
}

TEST_CASE("all consoles may be asked for", "[qemu_options]")
{
    CHECK_FALSE(QemuOptions::parse("qmp=a,console=all").console);
}

TEST_CASE("a bus address keeps its own commas", "[qemu_options]")
{
    const QemuOptions options =
        QemuOptions::parse("bus=unix:path=/tmp/bus,guid=0123,name=org.example.vm,console=1");
    CHECK(options.bus_address == "unix:path=/tmp/bus,guid=0123");
    CHECK(options.bus_name == "org.example.vm");
    CHECK(options.console == 1);
}

TEST_CASE("options written as text are the same options again", "[qemu_options]")
{
    for (const char* text : {"qmp=/a",
                             "qmp=/a,console=2",
                             "qmp=/a,console=all",
                             "qmp=/a,console=all,tablets=each",
                             "bus=unix:path=/b,guid=1,name=x.y",
                             "qmp=/a,layout=fr",
                             "qmp=/a,layout=fr,bepo",
                             "qmp=/a,layout=us,dvorak"}) {
        CHECK(QemuOptions::parse(text).text() == text);
    }
}

TEST_CASE("each mistake in a source's text is named", "[qemu_options]")
{
    const auto mistake = [](const char* text) -> std::string {
        try {
            QemuOptions::parse(text);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "";
    };
    CHECK_THAT(mistake(""), Catch::Contains("qmp=PATH"));
    CHECK_THAT(mistake("console=1"), Catch::Contains("qmp=PATH"));
    CHECK_THAT(mistake("qmp="), Catch::Contains("'qmp=' is not KEY=VALUE"));
    CHECK_THAT(mistake("qmp"), Catch::Contains("'qmp' is not KEY=VALUE"));
    CHECK_THAT(mistake("qmp=a,"), !Catch::Contains("KEY=VALUE")); // a comma at the end does no harm
    CHECK_THAT(mistake("qmp=a,,console=1"), Catch::Contains("KEY=VALUE"));
    CHECK_THAT(mistake("qmp=a,bus=b"), Catch::Contains("qmp=PATH or"));
    CHECK_THAT(mistake("qmp=a,qmp=b"), Catch::Contains("twice"));
    CHECK_THAT(mistake("qmp=a,consle=1"), Catch::Contains("'consle'"));
    CHECK_THAT(mistake("qmp=a,guid=1"), Catch::Contains("'guid'"));
    CHECK_THAT(mistake("qmp=a,name=b"), Catch::Contains("bus=ADDRESS only"));
    CHECK_THAT(mistake("qmp=a,tablets=one"), Catch::Contains("'one' is not 'each'"));
    CHECK_THAT(mistake("qmp=a,layout=us,x,y"), Catch::Contains("'y' is not"));
    for (const char* number : {"one", "All", "all1", "-1", "1x", "4294967296", " 1", "0x1"}) {
        CHECK_THAT(mistake((std::string("qmp=a,console=") + number).c_str()),
                   Catch::Contains("is not a number"));
    }
}
