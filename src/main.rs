//! The daypass command: arguments in, exit code out.

fn main() -> std::process::ExitCode {
    daypass::start()
}
