import Lockstep
import LockstepMPI

/// What carries Open MPI's messages, as far as the library tells.
package struct Transports: Codable, Equatable, Sendable {
    /// The settings `pml` and `btl`, from mpirun, the environment or a file; empty where the library chooses.
    package let wantedMessaging, wantedCarriers: String
    /// The component of Open MPI's message layer (pml) that was chosen: `"ob1"`, `"ucx"`, `"cm"`; nil if none of these.
    package let messaging: String?
    /// The byte carriers (btl) that take part, which `ob1` picks from for each pair of ranks.
    package let carriers: [String]

    package init(wantedMessaging: String, wantedCarriers: String, messaging: String?, carriers: [String]) {
        self.wantedMessaging = wantedMessaging
        self.wantedCarriers = wantedCarriers
        self.messaging = messaging
        self.carriers = carriers
    }

    /// Those of this process, whose MPI has been initialized. nil if the library is not Open MPI.
    ///
    /// Open MPI closes components that it does not use, and their variables go with them.
    package static func current() -> Transports? {
        guard let messaging = mpiSetting("pml"), let carriers = mpiSetting("btl") else { return nil }
        return Transports(
            wantedMessaging: messaging, wantedCarriers: carriers,
            messaging: ["ob1", "ucx", "cm"].first {
                mpiSetting("pml_\($0)_priority") != nil || mpiSetting("pml_\($0)_verbose") != nil
            },
            carriers: (sharing + words.map(\.carrier) + ["self"]).filter { mpiSetting("btl_\($0)_flags") != nil })
    }

    /// Whether a rank that waits for a message lets others run, rather than poll. nil if the library does not tell.
    package static func yields() -> Bool? { mpiSetting("mpi_yield_when_idle").flatMap { Bool($0) } }

    private static let sharing = ["vader", "sm", "smcuda"]
    private static let words: [(carrier: String, words: String)] = [
        ("tcp", "TCP"), ("openib", "InfiniBand verbs"), ("uct", "UCT"), ("ofi", "libfabric"), ("usnic", "usNIC"),
        ("ugni", "uGNI"), ("portals4", "Portals 4"),
    ]

    /// What a message between two ranks goes through, in words; nil where that is not known.
    package func path(withinHost: Bool) -> String? {
        switch messaging {
        case "ob1":
            if withinHost, sharesMemory { return "shared memory" }
            let networks = Self.words.filter { carriers.contains($0.carrier) }.map(\.words)
            return networks.isEmpty ? nil : networks.joined(separator: " or ")
        case "ucx": return "UCX"
        case "cm": return "a matching network (pml cm)"
        default: return nil
        }
    }

    /// Whether the setting asks for shared memory by name: it is not for want of that if there is none.
    var wantsMemory: Bool {
        !wantedCarriers.hasPrefix("^")
            && wantedCarriers.split(separator: ",").contains { Self.sharing.contains(String($0)) }
    }

    var sharesMemory: Bool { Self.sharing.contains { carriers.contains($0) } }
}
