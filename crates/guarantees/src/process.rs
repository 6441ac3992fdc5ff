//! What Linux reports about a process.

/// The most memory that this process has held, in KB.
pub fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// The time that a process has spent on processors, in its own code and in the system's, in
/// hundredths of a second.
pub fn cpu_time(id: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    // The name of the program, in brackets, may hold anything.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().skip(11).take(2).map(|time| time.parse::<u64>().unwrap()).sum()
}
