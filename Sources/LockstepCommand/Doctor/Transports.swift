import Lockstep
import LockstepMPI

/// The transports of Open MPI's messages, as far as the library reports them.
package struct Transports: Codable, Equatable, Sendable {
    /// The settings `pml` and `btl`, from `mpirun`, the environment or a file; empty if the library chooses.
    package let wantedMessaging, wantedCarriers: String
    /// The chosen component of Open MPI's message layer (pml): `"ob1"`, `"ucx"`, `"cm"`; nil if it is none of these.
    package let messaging: String?
    /// The active byte transfer components (btl). `ob1` picks one of them for each pair of ranks.
    package let carriers: [String]

    package init(wantedMessaging: String, wantedCarriers: String, messaging: String?, carriers: [String]) {
        self.wantedMessaging = wantedMessaging
        self.wantedCarriers = wantedCarriers
        self.messaging = messaging
        self.carriers = carriers
    }

    /// The transports of this process, whose MPI is initialized. Nil if the library is not Open MPI.
    ///
    /// Open MPI closes unused components and removes their variables, so a variable shows that its component is in use.
    package static func current() -> Transports? {
        guard let messaging = mpiSetting("pml"), let carriers = mpiSetting("btl") else { return nil }
        return Transports(
            wantedMessaging: messaging, wantedCarriers: carriers,
            messaging: ["ob1", "ucx", "cm"].first {
                mpiSetting("pml_\($0)_priority") != nil || mpiSetting("pml_\($0)_verbose") != nil
            },
            carriers: (sharing + words.map(\.carrier) + ["self"]).filter { mpiSetting("btl_\($0)_flags") != nil })
    }

    /// Whether a rank that waits for a message yields the processor, and does not poll. Nil if the library does not
    /// report it.
    package static func yields() -> Bool? { mpiSetting("mpi_yield_when_idle").flatMap { Bool($0) } }

    private static let sharing = ["vader", "sm", "smcuda"]
    private static let words: [(carrier: String, words: String)] = [
        ("tcp", "TCP"), ("openib", "InfiniBand verbs"), ("uct", "UCT"), ("ofi", "libfabric"), ("usnic", "usNIC"),
        ("ugni", "uGNI"), ("portals4", "Portals 4"),
    ]

    /// The transport between two ranks, in words; nil if unknown.
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

    /// Whether the setting names shared memory. If so, and it is not in use, the setting is not the cause.
    var wantsMemory: Bool {
        !wantedCarriers.hasPrefix("^")
            && wantedCarriers.split(separator: ",").contains { Self.sharing.contains(String($0)) }
    }

    var sharesMemory: Bool { Self.sharing.contains { carriers.contains($0) } }
}
