from pathlib import Path
FOLDER=Path(__file__).parent
TABLE=FOLDER/"results.md"
def committed(): return {}
def write(figures, command): pass
