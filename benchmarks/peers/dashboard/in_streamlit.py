"""The page in Streamlit: `streamlit run benchmarks/peers/dashboard/in_streamlit.py`.

As its documentation has it: metrics in columns, Plotly's charts, and what is asked for kept.
"""

import streamlit as st

from benchmarks.peers.dashboard.drawn import cards, charts

st.set_page_config(page_title="Overview", layout="wide")
st.title("Overview")
told = cards()
for column, (name, value, change) in zip(st.columns(len(told)), told, strict=True):
    column.metric(name, value, change)
for number, figure in enumerate(charts()):
    st.plotly_chart(figure, key=f"chart {number}")
