from tests.gui.test_end_to_end import *
def test_dbg(lab):
    lab.button("run")
    lab.until_state("running")
    lab.until_state("idle")
    r=lab.run.log.records
    for n in r.names:
        if "ntk" in n or "final" in n or n=="stationarity": print(n, int(np.isfinite(r.column(n)).sum()), len(r), len(lab.line("kernel",n)[0]))
    lab.qtbot.wait(1000)
    for n in r.names:
        if "ntk" in n or "final" in n or n=="stationarity": print(n, int(np.isfinite(r.column(n)).sum()), len(r), len(lab.line("kernel",n)[0]))
    for s in lab.run.remarks.items(): print(s)
